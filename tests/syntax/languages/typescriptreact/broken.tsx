import { List } from "./list";

export function Before() {
  return <div><List items={[]}</div>;
}

export const After = ({ name }: { name: string }) => {
  return (
    <List
      onPick={
  );
};

export interface Last {
  name: string;
}
