-- The shop's tables.
CREATE SCHEMA IF NOT EXISTS shop;
CREATE EXTENSION IF NOT EXISTS pgcrypto;

/* How an order stands. */
CREATE TYPE shop.status AS ENUM ('open', 'paid');

-- One thing that is for sale.
-- Second line.
CREATE TABLE IF NOT EXISTS shop.item (
    id BIGSERIAL PRIMARY KEY,
    name VARCHAR(80) NOT NULL UNIQUE,
    "größe" INT DEFAULT 3,
    price NUMERIC(10, 2) CHECK (price >= 0),
    shelf_id BIGINT REFERENCES shelf (id) ON DELETE CASCADE,
    status shop.status NOT NULL DEFAULT 'open',
    created_at TIMESTAMP DEFAULT now(),
    CONSTRAINT item_name UNIQUE (name, shelf_id),
    FOREIGN KEY (shelf_id) REFERENCES shelf (id)
);

CREATE TABLE shelf (
    id BIGINT NOT NULL,
    label TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE `orders` (
    `id` INT AUTO_INCREMENT,
    `item_id` INT
);

CREATE TEMPORARY TABLE recent AS SELECT * FROM orders WHERE id > 10;

CREATE UNIQUE INDEX item_by_name ON shop.item (name);
CREATE INDEX ON shelf (label);

-- What is still open.
CREATE OR REPLACE VIEW open_items AS
SELECT i.id, i.name, s.label AS shelf_label, count(*) AS many
FROM shop.item i
JOIN shelf AS s ON s.id = i.shelf_id
LEFT JOIN orders o ON o.item_id = i.id
WHERE i.status = 'open' AND i.price > (SELECT avg(price) FROM item)
GROUP BY i.id, i.name, s.label
HAVING count(*) > 1
ORDER BY i.name DESC
LIMIT 10;

CREATE MATERIALIZED VIEW totals AS
WITH sums AS (
    SELECT item_id, sum(price) AS total FROM orders GROUP BY item_id
)
SELECT * FROM sums;

CREATE SEQUENCE order_number START WITH 100;

-- Adds tax.
CREATE OR REPLACE FUNCTION with_tax(price NUMERIC, rate NUMERIC DEFAULT 0.19)
RETURNS NUMERIC
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN price * (1 + rate);
END;
$$;

CREATE TRIGGER item_changed
    AFTER UPDATE ON shop.item
    FOR EACH ROW
    EXECUTE FUNCTION log_change();

CREATE ROLE clerk;
CREATE DATABASE archive;

ALTER TABLE shop.item ADD COLUMN weight INT;
ALTER TABLE shelf RENAME COLUMN label TO title;
DROP TABLE IF EXISTS old_items CASCADE;

INSERT INTO shop.item (name, price) VALUES ('Book', 9.5), ('Pen', 1);
UPDATE shop.item SET price = with_tax(price) WHERE name = 'Book';
DELETE FROM orders USING shelf WHERE orders.id = shelf.id;
GRANT SELECT ON shop.item TO clerk;
SELECT name, upper(name) FROM open_items UNION SELECT label, 'x' FROM shelf;
