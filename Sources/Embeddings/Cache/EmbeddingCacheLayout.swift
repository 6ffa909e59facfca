import Runtime

/// Where things are in the cache's file.
///
///     0   8   "RoostEmb"
///     8   4   version of the layout
///     12  4   dimensions
///     16  8   buckets
struct EmbeddingCacheHeader: Equatable {
    static let byteCount = 4096
    private static let version: UInt32 = 1

    let dimensions: Int
    let buckets: Int

    /// Room for at least so many entries.
    init(dimensions: Int, entries: Int) {
        let perBucket = EmbeddingCacheFile.entriesPerBucket
        self.dimensions = dimensions
        buckets = max(1, (entries + perBucket - 1) / perBucket)
    }

    var bytes: [UInt8] {
        Array("RoostEmb".utf8) + littleEndian(Self.version) + littleEndian(UInt32(dimensions))
            + littleEndian(UInt64(buckets))
    }

    var vectorBytes: Int { dimensions * 4 }
    var fileBytes: Int { Self.byteCount + buckets * bucketBytes }

    func bucket(of key: [UInt8]) -> Int {
        Int(unsignedInteger(UInt64.self, in: key[0..<8]) % UInt64(buckets))
    }

    func entryOffset(_ bucket: Int, _ slot: Int) -> Int {
        Self.byteCount + bucket * bucketBytes + slot * EmbeddingCacheEntry.byteCount
    }

    func vectorOffset(_ bucket: Int, _ slot: Int) -> Int {
        entryOffset(bucket, EmbeddingCacheFile.entriesPerBucket) + slot * vectorBytes
    }

    private var bucketBytes: Int { EmbeddingCacheFile.entriesPerBucket * (EmbeddingCacheEntry.byteCount + vectorBytes) }
}

/// What the file says of one embedding besides its vector.
///
///     0   32  key
///     32  8   last use, in microseconds since 1970; 0 for a free entry
///     40  4   tokens
///     44  4   windows
///     48  8   checksum of key, tokens, windows and vector
///     56  8   nothing
struct EmbeddingCacheEntry: Equatable {
    static let byteCount = 64

    /// `nil` for a free entry.
    var key: [UInt8]?
    var lastUse: UInt64
    var tokens: UInt32
    var windows: UInt32
    var checksum: UInt64

    init(_ key: [UInt8], _ embedding: Embedding, vector: [UInt8], lastUse: UInt64) {
        self.key = key
        self.lastUse = lastUse
        tokens = UInt32(clamping: embedding.tokenCount)
        windows = UInt32(clamping: embedding.windows)
        checksum = 0
        checksum = checksum(with: vector)
    }

    init(bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        func part(_ range: Range<Int>) -> ArraySlice<UInt8> {
            bytes[start + range.lowerBound..<start + range.upperBound]
        }
        lastUse = unsignedInteger(UInt64.self, in: part(32..<40))
        key = lastUse == 0 ? nil : Array(part(0..<SHA256.byteCount))
        tokens = unsignedInteger(UInt32.self, in: part(40..<44))
        windows = unsignedInteger(UInt32.self, in: part(44..<48))
        checksum = unsignedInteger(UInt64.self, in: part(48..<56))
    }

    var bytes: [UInt8] {
        (key ?? Array(repeating: 0, count: SHA256.byteCount)) + littleEndian(lastUse)
            + littleEndian(tokens) + littleEndian(windows) + littleEndian(checksum) + littleEndian(UInt64(0))
    }

    /// What ``checksum`` should be: the beginning of a SHA-256, which takes a microsecond.
    func checksum(with vector: [UInt8]) -> UInt64 {
        let all = (key ?? []) + littleEndian(tokens) + littleEndian(windows) + vector
        return unsignedInteger(UInt64.self, in: SHA256.hash(all)[0..<8])
    }

    func embedding(_ vector: [UInt8]) -> Embedding {
        let floats = stride(from: 0, to: vector.count, by: 4).map {
            Float(bitPattern: unsignedInteger(UInt32.self, in: vector[$0..<$0 + 4]))
        }
        return Embedding(vector: floats, tokenCount: Int(tokens), windows: Int(windows))
    }

    static func bytes(of vector: [Float]) -> [UInt8] { vector.flatMap { littleEndian($0.bitPattern) } }
}

private func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian, Array.init)
}

/// Of exactly as many bytes as the type has.
private func unsignedInteger<Number: FixedWidthInteger>(_ type: Number.Type, in bytes: ArraySlice<UInt8>) -> Number {
    bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
}
