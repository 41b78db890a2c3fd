//! Clock, sleep and randomness: the one door through which a process meets time and chance.
