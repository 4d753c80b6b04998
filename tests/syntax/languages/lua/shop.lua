#!/usr/bin/env lua
--- A shop's basket.
-- @module shop

local json = require("dkjson")
local util = require 'shop.util'
local insert, remove = table.insert, table.remove
local format <const> = string.format
require("shop.globals").setup()
local ok, lpeg = pcall(require, "lpeg")

local M = {}
M.VERSION = "1.4.2"
M._cache = setmetatable({}, { __mode = "k" })

MAX_ITEMS = 100
größe = 3

---A basket holds items until they are paid.
---@class Basket
---@field items Item[]
local Basket = {}
Basket.__index = Basket

--- Makes a basket.
-- Second line.
---@param owner string
---@return Basket
function Basket.new(owner)
  local self = setmetatable({}, Basket)
  self.owner = owner
  self.items = {}
  return self
end

--[[ Adds an item.
     It may be refused. ]]
function Basket:add(item, ...)
  if #self.items >= MAX_ITEMS then
    error(format("full: %d", #self.items))
  elseif item == nil then
    return nil, "no item"
  end
  insert(self.items, item)
  self:changed { kind = "add", item = item }
  util.log "added"
  local function helper(x)
    return x * 2
  end
  return helper(select("#", ...))
end

function M.shelf.deep.put(thing) M.shelf.last = thing end

local function total(items)
  local sum = 0
  for i, item in ipairs(items) do
    sum = sum + (item.price or 0)
    goto continue
    ::continue::
  end
  for n = 1, 10, 2 do sum = sum + n end
  while sum > 100 do sum = sum - 1 break end
  repeat sum = sum + 1 until sum > 0
  return sum
end

function best(items)
  return items[1]
end

local discount = function(price, rate)
  return price * (1 - rate)
end

M.total = total
M.handlers = {
  open = function(self) return self:start() end,
  ["close"] = function() end,
  limit = 5,
  nested = { deep = function() return json.encode({}) end },
}

M.on_change = function(callback)
  callback(M)
end

local prototype = setmetatable({
  walk = function() end,
}, { __index = Basket })

do
  local inner = 1
  print(inner, prototype, lpeg, ok, remove)
end

return M
