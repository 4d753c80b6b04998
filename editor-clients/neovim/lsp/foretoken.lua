-- Foretoken for Neovim 0.12 or newer: vim.lsp.enable('foretoken') reads this file from the runtimepath.
---@type vim.lsp.Config
return {
  cmd = { 'foretoken', 'serve', '--stdio' },
  -- No `filetypes`: which languages the model knows is for the server to say; it names its reason when it is silent.
  root_markers = { '.foretoken.toml', '.git', 'pyproject.toml', 'setup.py' },
  settings = { foretoken = {} },
}
