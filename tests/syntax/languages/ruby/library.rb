# frozen_string_literal: true

require "json"
require 'active_support/core_ext/string'
require_relative "shelf/book"
require_relative '../money'
autoload :Ledger, "library/ledger"

# Where books are lent.
# Second line.
module Library
  autoload :Archive, "library/archive"

  VERSION = "1.4.2"
  DEFAULTS = { days: 14, limit: 3 }.freeze
  MIN, MAX = 1, 99

  # Raised when there is no copy left.
  class OutOfCopies < StandardError; end

  Loan = Struct.new(:book, :reader, :due) do
    def overdue?(today = Date.today) = due < today

    def to_s
      "#{book.title} until #{due}"
    end
  end

  Point = Data.define(:x, :y)
  Failure = Class.new(StandardError)

=begin
A person who reads.
=end
  class Reader < Person::Base
    include Comparable
    include Enumerable, Kernel
    extend Forwardable
    prepend Auditing::Trail

    attr_reader :name, :loans
    attr_accessor :card
    attr_writer "note"
    def_delegators :@loans, :size, :each
    has_many :fines

    @@count = 0

    class << self
      # Finds one by the card's number.
      def find(number)
        all.detect { |reader| reader.card == number } || raise(OutOfCopies, "no #{number}")
      end

      attr_accessor :registry
    end

    # Makes a reader.
    # @param name [String]
    def initialize(name, card: nil, **options, &block)
      @name = name
      @loans = []
      @@count += 1
      instance_eval(&block) if block_given?
    end

    def self.count
      @@count
    end

    def name=(value)
      @name = value.strip
      self.card = nil
    end

    def <=>(other)
      name <=> other.name
    end

    def [](index) = @loans[index]

    def borrow(book, days: DEFAULTS[:days])
      raise OutOfCopies.new(book) unless book.copies.positive?

      loans << Loan.new(book, self, Date.today + days)
      book.lend!
      yield loans.last if block_given?
    rescue Library::Failure, IOError => e
      warn e.message
    ensure
      save
    end
    alias lend borrow
    alias_method :take, :borrow

    private

    def save
      File.write(path, JSON.generate(to_h), mode: :w)
    end

    private def path = "readers/#{name}.json"

    define_method(:größe) { @loans.length }
    define_method "shout" do |text|
      text.upcase
    end
  end

  module_function

  def open?(hour = Time.now.hour)
    case hour
    when MIN..MAX then true
    else false
    end
  end

  def self.report(readers)
    readers.map(&:name).each do |name|
      puts <<~TEXT
        Dear #{name},
        your books.
      TEXT
    end
  end
end

class Library::Branch
  include Library

  Entry = Struct.new(:at)

  def straße
    ::Library::Reader.find(1)&.borrow(nil)
  end
end

def Library.close
  exit
end

private_constant :Ledger

def main(argv) # trailing
  reader = Library::Reader.new("Ada") { |r| r.card = 7 }
  puts reader
  reader.borrow :book
  Kernel.load "extra.rb"
end

main ARGV if __FILE__ == $PROGRAM_NAME
