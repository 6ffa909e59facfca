/// One word in its normal form, with the bytes of the text that each of its bytes comes from.
///
/// It holds as many characters as the reference looks at; a longer word is unknown as a whole, whatever it says,
/// and only its place in the text is kept.
struct WordBuffer: ~Copyable {
    /// `max_input_chars_per_word` of the reference.
    static let maximumCharacters = 100

    /// The longest word in UTF-8, and room for reading eight bytes anywhere.
    private static let capacity = maximumCharacters * 4 + 8

    let bytes: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<Int>
    private let ends: UnsafeMutablePointer<Int>

    private(set) var length = 0
    private(set) var characters = 0

    init() {
        bytes = .allocate(capacity: Self.capacity)
        bytes.initialize(repeating: 0, count: Self.capacity)
        starts = .allocate(capacity: Self.capacity)
        starts.initialize(repeating: 0, count: Self.capacity)
        ends = .allocate(capacity: Self.capacity)
        ends.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
        ends.deallocate()
    }

    var isEmpty: Bool { characters == 0 }
    var isTooLong: Bool { characters > Self.maximumCharacters }

    /// Where the bytes from `start` to `end` of the word come from.
    @inline(__always)
    func source(from start: Int, to end: Int) -> Range<Int> {
        starts[start]..<max(starts[start], ends[end - 1])
    }

    @inline(__always)
    mutating func append(ascii byte: UInt8, at position: Int, keepingRange: Bool) {
        characters += 1
        guard !isTooLong else { return stretch(to: position + 1) }
        bytes[length] = byte
        if keepingRange {
            starts[length] = position
            ends[length] = position + 1
        }
        length += 1
    }

    mutating func append(_ scalar: UInt32, from range: Range<Int>) {
        characters += 1
        guard !isTooLong, let scalar = Unicode.Scalar(scalar) else { return stretch(to: range.upperBound) }
        for byte in Unicode.UTF8.encode(scalar) ?? .init() {
            bytes[length] = byte
            starts[length] = range.lowerBound
            ends[length] = range.upperBound
            length += 1
        }
    }

    mutating func clear() {
        length = 0
        characters = 0
    }

    private mutating func stretch(to end: Int) {
        if length > 0 { ends[length - 1] = end }
    }
}
