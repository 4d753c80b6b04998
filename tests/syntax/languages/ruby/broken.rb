require "set"

class Whole < Base
  def first
    helper(1)
  end

  def broken(a, b
    a +
  end

  def last
    done
  end
end

module After
  LIMIT = 3
end
