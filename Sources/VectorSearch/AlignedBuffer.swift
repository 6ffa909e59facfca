import CVectorKernels

/// An array whose first element lies on a cache line and which grows without copying once it is large.
///
/// New elements are zero bytes. Addresses hold until the next `resize`. Memory of a megabyte or more goes back to the
/// system as soon as the buffer ends.
///
/// `@unchecked Sendable`: the memory is reachable only through this one value.
package struct AlignedBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    package private(set) var base: UnsafeMutablePointer<Element>
    package private(set) var count: Int

    package init(count: Int = 0) {
        self.count = count
        base = Self.resized(nil, from: 0, to: count)
    }

    deinit {
        vs_memory_free(base, Self.bytes(count))
    }

    package mutating func resize(_ newCount: Int) {
        base = Self.resized(base, from: count, to: newCount)
        count = newCount
    }

    package mutating func reserve(_ needed: Int) {
        if needed > count { resize(grown(toHold: needed)) }
    }

    /// The number of elements after `reserve(needed)`: where growing copies at least a half more, else an eighth.
    package func grown(toHold needed: Int) -> Int {
        guard needed > count else { return count }
        return max(needed, count + count / (Self.bytes(count) < Int(VS_MAPPED_BYTES) ? 2 : 8))
    }

    package subscript(index: Int) -> Element {
        get { base[index] }
        set { base[index] = newValue }
    }

    /// The memory of the elements before `end`.
    func bytes(before end: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: end * MemoryLayout<Element>.stride)
    }

    /// An empty buffer still has one cache line, so that `base` always is an address.
    private static func bytes(_ count: Int) -> Int {
        max(64, count * MemoryLayout<Element>.stride)
    }

    private static func resized(
        _ old: UnsafeMutablePointer<Element>?,
        from: Int,
        to: Int
    ) -> UnsafeMutablePointer<Element> {
        guard let memory = vs_memory_resize(old, old == nil ? 0 : bytes(from), bytes(to)) else {
            preconditionFailure("out of memory, which ends a Swift program for every array")
        }
        return memory.assumingMemoryBound(to: Element.self)
    }
}
