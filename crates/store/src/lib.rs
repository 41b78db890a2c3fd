//! What is remembered, and the only SQL of the house. Never decides, retries a decision or calls out.
