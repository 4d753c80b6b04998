/**
 * A cart, to look at definitions, uses and imports.
 */
import money, { Currency as Coin, type Price } from "./money";
import * as stock from "@shop/stock";
import type { Äpfel } from "../äpfel";
import legacy = require("legacy");
import "./side-effects";
import base, * as everything from "./base.js";

export * from "./item";
export * as prices from "./prices";
export { round, floor as down, default as up } from "./rounding";
export type { Shelf } from "./shelf";
export { local };

declare module "untyped" {
  export function parse(text: string): Tree;
  const version: string;
}
declare global {
  interface Window {
    cart: Cart;
  }
}
declare function trace(message: string): void;
declare let debug: boolean;
export declare const enum Level { Low, High = 2 }

/** The most that a cart holds. */
export const MAX_ITEMS = 100; // not more
const { low, high: upper, ...others } = legacy.limits, [first, , third] = list;
let counter: Map<string, Coin> = new Map<string, Coin>();
var old, older = counter;
const fs = require("fs");
const { join, sep: separator } = require("path");

/* A price or none. */
export type Maybe<T extends Price = Price> = T | null | Partial<T>[];
type Options = { retries: number; onDone?(cart: Cart): void } & Defaults;
type Keys<T> = { [K in keyof T]?: T[K] extends Promise<infer V> ? V : never };
type Handler = (event: CartEvent, ...rest: [Coin, Äpfel?]) => asserts event is CartEvent;

export interface Store<T> extends Base, stock.Store<T> {
  (name: string): T;
  new (name: string): Store<T>;
  /** How many. */
  readonly size: number;
  "content-type": string;
  find<K extends keyof T>(key: K): T[K] | undefined;
  [key: string]: unknown;
}

export enum Colour {
  Red,
  // The colour of leaves.
  Green = "green",
  Blue = 1 << 2,
}

@Component({ selector: "cart", providers: [Prices] })
export class Cart<T extends Item = Item> extends stock.Base<T> implements Store<T>, Disposable {
  static #count = 0;
  @Input() name!: string;
  declare readonly id: ShopId;
  private total?: Price = money.zero;
  onChange = async (items: T[]): Promise<void> => {};

  constructor(private readonly items: T[], protected log = console, limit?: number) {
    super(items);
    this.total = Cart.sum(items as Item[]);
  }

  get size(): number {
    return this.items.length;
  }
  set size(value) {}

  /**
   * Adds it.
   * @param item what
   */
  @logged
  public async add(@Inject(Clock) clock: Clock, item: T): Promise<this> {
    const added = (one: T) => one!.price;
    function inner(): void {}
    await import("./lazy");
    return items?.map?.(added) satisfies Item[], this;
  }

  find(key: string): T;
  find(key: string | symbol): T {
    return this.items.find((item) => item.key === key)!;
  }

  static *[Symbol.iterator]() {}
  static { Cart.#count += 1; }
}

export abstract class Shape {
  abstract area(): number;
  abstract readonly sides: number;
  accessor colour = Colour.Red;
}

export namespace Tools.Deep {
  export const ratio = 1.5;
  export function scale(by: number) { return by * ratio; }
  const hidden = 1;
}

/** Counts them. */
export async function* count(items: Iterable<Item>): AsyncGenerator<number> {
  const local = 1;
  label: for (const item of items) yield new prices.Counter(item).value;
}
function over(a: string): void;
function over(a: any) { return a instanceof Cart ? <Item>a : typeof money; }
const double = <T,>(x: T) => [x, x], twice = function* named() {};
export const api = {
  get(path: string) { return fetch(`${root}/${path}`); },
  post: async (body: Body) => send(body),
  handler: over,
};
export default function (größe: number) {
  return größe;
}

let { rate, tax: vat = 0 }: Rates = legacy.rates;
var { euro } = rate, [cent, ...small] = euro.parts, whole = 1;
export let [penny] = small;
