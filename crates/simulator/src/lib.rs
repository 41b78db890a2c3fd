//! Plays the operators over HTTP, with its own memory of what it really charged. Knows nothing of the house.
