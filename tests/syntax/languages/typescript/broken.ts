import { Cart } from "./cart";

export interface Before {
  size: number;
}

export class Half extends Cart {
  items: Item[] = [;

  open(path: string {
    return this.
  }

  after(): number {
    return this.items.length +
  }
}

export function last(x: Before): void {
  if (x.size
  const y = x.
}

export default Half;
