/// A term in the making, in memory that is lent for one segmentation.
///
/// Holds at most `capacity` bytes; what comes later is dropped and `isTruncated` says so. The memory has four bytes more
/// than that, since a scalar is always stored as four.
struct TermBuffer {
    private let memory: UnsafeMutableRawPointer
    private let capacity: Int
    private(set) var count = 0
    private(set) var isTruncated = false

    static let slack = 4

    init(memory: UnsafeMutableRawPointer, capacity: Int) {
        self.memory = memory
        self.capacity = capacity
    }

    var isEmpty: Bool { count == 0 }

    var bytes: UnsafeBufferPointer<UInt8> { slice(from: 0) }

    func slice(from start: Int) -> UnsafeBufferPointer<UInt8> {
        let bytes = UnsafeRawBufferPointer(start: memory + start, count: count - start)
        return bytes.assumingMemoryBound(to: UInt8.self)
    }

    @inline(__always)
    mutating func append(_ scalar: FoldedScalar) {
        append(scalar.bytes, count: Int(scalar.count))
    }

    @inline(__always)
    mutating func append(_ bytes: UInt32, count width: Int) {
        guard count + width <= capacity, !isTruncated else {
            isTruncated = true
            return
        }
        memory.storeBytes(of: bytes.littleEndian, toByteOffset: count, as: UInt32.self)
        count += width
    }

    mutating func append(contentsOf other: TermBuffer) {
        guard count + other.count <= capacity, !isTruncated, !other.isTruncated else {
            isTruncated = true
            return
        }
        (memory + count).copyMemory(from: other.memory, byteCount: other.count)
        count += other.count
    }

    /// Drops the first `width` bytes.
    mutating func removeFirst(_ width: Int) {
        memory.copyMemory(from: memory + width, byteCount: count - width)
        count -= width
    }

    mutating func removeAll() {
        count = 0
        isTruncated = false
    }
}
