import React, { useState, type FC } from "react";
import { Button } from "./Button";
import * as Icons from "./icons";
import styles from "./list.module.css";

interface Props<T> {
  items: T[];
  render?: (item: T) => React.ReactNode;
  onPick(item: T): void;
}

/** Shows one row. */
const Row: FC<{ name: string }> = ({ name, children }) => (
  <li className={styles.row}>
    <Icons.Dot size={2} /> {name}
    {children}
  </li>
);

export const Memo = React.memo(Row);

/**
 * A list of things.
 */
export function List<T extends { id: string }>({ items, render, onPick }: Props<T>): JSX.Element {
  const [picked, setPicked] = useState<T | null>(null);
  const pick = (item: T) => {
    setPicked(item);
    onPick(item);
  };
  return (
    <>
      <ul data-größe="1">
        {items.map((item) => (
          <Row key={item.id} name={item.id} {...extra}>
            <Button<T> onClick={pick}>{render ? render(item) : item.id}</Button>
          </Row>
        ))}
      </ul>
      {/* nothing picked */}
      {picked && <Picked value={picked} as={Icons.Check} />}
    </>
  );
}

export class Old extends React.Component<Props<string>, { open: boolean }> {
  static defaultProps = { items: [] };
  state = { open: false };

  handle = (event: React.MouseEvent) => this.setState({ open: !this.state.open });

  render() {
    return <List {...this.props} onPick={this.handle}>{this.state.open}</List>;
  }
}

export const useList = <T,>(items: T[]) => React.useMemo(() => items, [items]);
export const Lazy = React.lazy(() => import("./Heavy"));

export default List;
