CREATE TABLE first (id INT);
CREATE TABLE second (id INT, name VARCHAR(;
SELECT FROM WHERE;
CREATE TABLE third (id INT, first_id INT REFERENCES first (id));
CREATE VIEW fourth AS SELECT id FROM third;
