local M = {}

function M.first(a)
  return second(a)
end

function M.broken(a, b
  if a then
end

function M.last()
  return M.first(1)
end
LIMIT = 3
return M
