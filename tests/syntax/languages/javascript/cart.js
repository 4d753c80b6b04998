#!/usr/bin/env node
"use strict";
/**
 * A cart, with modules of both kinds.
 */
import money, { currency as coin } from "./money.js";
import * as stock from "@shop/stock";
import rates from "./rates.json" with { type: "json" };
import "./side-effects";

const fs = require("fs");
const { join, sep: separator, ...rest } = require("path");
const parse = require("./parser").parse;
var legacy = require("./legacy"), before = 1;

export * from "./item.js";
export * as prices from "./prices.js";
export { round, floor as down, default as up } from "./rounding.js";
export { default } from "./shelf.js";

/** The most that a cart holds. */
export const MAX_ITEMS = 100; // not more
export let current = null, { low, high: upper = 1 } = money.limits;
const [first, , third] = stock.list();
let größe = MAX_ITEMS;
var later;

// Holds items.
export class Cart extends stock.Base {
  static #count = 0;
  name = "cart";
  onChange = (items) => this.items.push(...items);
  "content-type" = null;

  constructor(items, { log = console } = {}) {
    super(items);
    this.items = items;
    this.log = log, this.seen = new Set();
    this.items = [];
    this.reset = function () { this.items = null; };
  }

  get size() {
    return this.items.length;
  }
  set size(value) { this.#secret = value; }

  /**
   * Adds it.
   */
  @logged
  static async *add(item) {
    const price = (one) => one.price;
    function inner() { return Cart.#count; }
    const { lazy } = await import("./lazy.js");
    yield items?.map?.(price) ?? inner;
  }

  [Symbol.iterator]() {}
  static { Cart.#count += 1; }
}

class Mixed extends mixin(Base, Other) {}

/** What existed before classes. */
function Item(name) {
  if (!(this instanceof Item)) return new Item(name);
  this.name = name;
}

/* Its price. */
Item.prototype.price = function price(rate) {
  return this.name.length * rates[rate];
};
Item.create = (name) => new Item(name);
Item.LIMIT = 3;

export async function* count(items) {
  var local = 1;
  label: for (const item of items) yield `${local}: ${item.total}`;
}
const double = (x) => [x, x], twice = function* named() {};
const Named = class Inner extends Cart {};
export const api = {
  get(path) { return fetch(path, { headers }); },
  post: async (body) => send(body),
  handler: double,
};

exports.total = function (items) { return items.reduce(sum, 0); };
exports.RATE = 1.5;
module.exports.later = later;
module.exports = {
  open() {},
  close: function () {},
  Cart,
};
module.exports = class Shop {};
module.exports = (items) => {
  const local = items;
};

(function () {
  var hidden = 1;
  function visible() { return hidden; }
})();
define(["dep"], function (dep) { return dep; });

export default async function (value) {
  return value;
}

let { rate, tax: vat = 0, ...fees } = money;
let [net, gross = net] = fees.list;
var { euro } = rate, [cent, ...small] = euro.parts, whole = 1;
export let [penny] = small;
var { open } = require("fs");
