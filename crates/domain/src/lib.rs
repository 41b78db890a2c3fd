//! What money, payments and their lives are. Never does I/O, reads a clock, draws a random number, awaits or logs.
