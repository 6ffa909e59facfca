/// Little-endian base 128, as in Protocol Buffers: seven bits a byte, the top bit says that more follows.
enum Varint {
    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Stores a value and says in how many bytes, which ``size(of:)`` tells beforehand.
    @inline(__always)
    static func store(_ value: UInt32, in bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int) -> Int {
        var rest = value
        var index = start
        while rest > 0x7F {
            bytes.initializeElement(at: index, to: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
            index += 1
        }
        bytes.initializeElement(at: index, to: UInt8(rest))
        return index + 1 - start
    }

    static func size(of value: UInt32) -> Int {
        value == 0 ? 1 : (38 - value.leadingZeroBitCount) / 7
    }
}

/// Reads what ``Varint`` and the fixed-width fields of a snapshot hold; `nil` past the end or for more than 32 bits.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - offset }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
        guard remaining >= MemoryLayout<Value>.size else { return nil }
        defer { offset += MemoryLayout<Value>.size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    @inline(__always)
    mutating func varint() -> UInt32? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 35 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return UInt32(exactly: value) }
            shift += 7
        }
        return nil
    }

    mutating func byte() -> UInt8? { integer() }

    mutating func slice(_ count: Int) -> UnsafeBufferPointer<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]).assumingMemoryBound(to: UInt8.self)
    }
}
