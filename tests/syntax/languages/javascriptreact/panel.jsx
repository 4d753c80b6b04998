import React, { useState } from "react";
import { Button } from "./Button";
import * as icons from "./icons";

/** One row. */
const Row = ({ name, children }) => (
  <li className="row">
    <icons.Dot size={2} /> {name}
    {children}
  </li>
);

export const Memo = React.memo(Row);

export function Panel({ items, onPick }) {
  const [picked, setPicked] = useState(null);
  const pick = (item) => {
    setPicked(item);
    onPick(item);
  };
  return (
    <>
      <ul data-größe="1">
        {items.map((item) => (
          <Row key={item.id} {...extra}>
            <Button onClick={pick}>{item.id}</Button>
          </Row>
        ))}
      </ul>
      {picked && <Picked value={picked} as={icons.Check} />}
    </>
  );
}

export class Old extends React.Component {
  static defaultProps = { items: [] };
  state = { open: false };

  handle = (event) => this.setState({ open: !this.state.open });

  render() {
    return <Panel {...this.props} onPick={this.handle} />;
  }
}

Panel.propTypes = { items: PropTypes.array.isRequired };

export default Panel;
