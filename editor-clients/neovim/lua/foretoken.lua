local M = {}

local function press(key)
  vim.api.nvim_feedkeys(vim.keycode(key), 'in', false)
end

--- Neovim (0.12.4) inserts a suggestion where it was asked for, also when its first characters have been typed since:
--- they would stay behind as a second copy. So these are taken back first, and a suggestion that does not begin with
--- what was typed is not inserted at all.
---@param item vim.lsp.inline_completion.Item
---@return boolean
local function fits(item)
  local text, range = item.insert_text, item.range
  if type(text) ~= 'string' or not range then
    return true
  end
  local row, col, end_row, end_col = range:to_extmark()
  if row ~= end_row or col ~= end_col then
    return true
  end
  local cursor_row, cursor_col = unpack(vim.api.nvim_win_get_cursor(0))
  cursor_row = cursor_row - 1
  if cursor_row < row or (cursor_row == row and cursor_col < col) then
    return false
  end
  local typed = table.concat(vim.api.nvim_buf_get_text(0, row, col, cursor_row, cursor_col, {}), '\n')
  if not vim.startswith(text, typed) then
    return false
  end
  vim.api.nvim_buf_set_text(0, row, col, cursor_row, cursor_col, {})
  return true
end

--- Accept the suggestion on screen; without one, press `key` as if it were not mapped.
---@param key string such as '<Tab>'
function M.accept(key)
  local offered = vim.lsp.inline_completion.get({
    on_accept = function(item)
      if fits(item) then
        return item
      end
      press(key)
    end,
  })
  if not offered then
    press(key)
  end
end

return M
