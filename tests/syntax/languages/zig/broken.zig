const std = @import("std");

pub fn first(a: u8) u8 {
    return second(a);
}

pub fn broken(a: u8, b {
    const x = ;
}

pub const Last = struct {
    size: usize,
};
