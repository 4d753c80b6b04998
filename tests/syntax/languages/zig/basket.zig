//! A shop's basket.

const std = @import("std");
const builtin = @import("builtin");
const money = @import("money.zig");
const Amount = @import("money.zig").Amount;
pub const shelf = @import("stock/shelf.zig");
usingnamespace @import("legacy.zig");
const c = @cImport({
    @cInclude("stdio.h");
});
const Allocator = std.mem.Allocator;

/// How many at most.
/// Second line.
pub const max_items: usize = 100;
var count: u32 = 0;
threadlocal var @"größe": i32 = 0;
extern var errno: c_int;

/// What may go wrong.
pub const BasketError = error{
    Full,
    /// Nothing is there.
    Empty,
};

pub const Status = enum(u8) {
    open,
    paid = 2,
    _,

    pub fn label(self: Status) []const u8 {
        return switch (self) {
            .open => "open",
            .paid, _ => @tagName(self),
        };
    }
};

const Value = union(enum) {
    int: i64,
    text: []const u8,
    none,
};

/// One thing that is for sale.
pub const Item = struct {
    /// What it is called.
    name: []const u8,
    price: Amount = .{ .cents = 0 },

    pub const limit = 3;
    const Self = @This();

    pub const Kind = enum { book, pen };

    pub fn init(name: []const u8) Self {
        return Self{ .name = name };
    }
};

/// A list of anything.
pub fn Basket(comptime T: type) type {
    return struct {
        items: std.ArrayList(T),
        const Inner = @This();

        /// Adds one.
        pub fn add(self: *Inner, item: T) !void {
            if (self.items.items.len >= max_items) return BasketError.Full;
            try self.items.append(item);
            errdefer self.items.deinit();
        }
    };
}

const Packed = packed struct(u8) { a: u4, b: u4 };
const Handle = opaque {
    pub fn close(self: *Handle) void {
        _ = self;
    }
};
const Raw = extern union { word: u32, bytes: [4]u8 };

pub fn total(items: []const Item, alloc: Allocator) !Amount {
    var sum: Amount = .{ .cents = 0 };
    for (items, 0..) |item, index| {
        sum = sum.plus(item.price);
        if (index > Item.limit) break;
    }
    var i: usize = 0;
    while (i < 3) : (i += 1) {
        defer count += 1;
        std.debug.print("{d}\n", .{i});
    }
    const copy = alloc.dupe(u8, "größe") catch |err| return err;
    _ = copy;
    return money.round(sum) orelse unreachable;
}

export fn shop_add(a: c_int, b: c_int) callconv(.C) c_int {
    return a + b;
}

extern "c" fn puts(text: [*:0]const u8) c_int;
inline fn twice(x: anytype) @TypeOf(x) {
    return x * 2;
}

test "total of nothing" {
    const text =
        \\many
        \\lines
    ;
    try std.testing.expectEqual(@as(i64, 0), (try total(&.{}, std.testing.allocator)).cents);
    _ = text;
}

test Basket {
    _ = Basket(u8);
}

comptime {
    _ = builtin.os;
}
