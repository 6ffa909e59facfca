#if canImport(Glibc)
    internal import Glibc
#endif

/// The cache's file: a hash table of fixed size on disk.
///
/// A key belongs to one bucket of sixteen entries; in a full bucket the entry that was used least recently makes
/// room. So the file is bounded without any bookkeeping, opening it reads one page, a lookup reads 1 KB and one
/// vector, and nothing is ever compacted. The price is that recency counts within a bucket only. All numbers are
/// little-endian.
///
///     header     4096 bytes     ``EmbeddingCacheHeader``
///     bucket     16 entries     64 bytes each, ``EmbeddingCacheEntry``
///                16 vectors     4 · dimensions bytes each
///
/// An entry holds a checksum over key, counts and vector. A new vector is written before its entry; a process that
/// is killed in between, or a machine that loses power at any time, leaves an entry whose checksum is wrong, and
/// that is a miss. Nothing is synced: what is lost can be embedded again.
///
/// One process holds the lock on a file beside it and may write. A file of another layout is replaced by renaming a
/// new one onto it, so that readers keep theirs. Space is not reserved: on a full disk a write fails, and the entry
/// is a miss.
///
/// Sendable because what varies is in the file, where any mix of reads and writes is at worst a wrong checksum.
final class EmbeddingCacheFile: Sendable {
    static let entriesPerBucket = 16

    let isWritable: Bool
    private let lock: CInt
    private let descriptor: CInt
    private let header: EmbeddingCacheHeader

    /// In microseconds.
    private let useGranularity: UInt64

    init(folder: String, dimensions: Int, limits: EmbeddingCacheLimits) throws(EmbeddingCacheError) {
        let path = "\(folder)/embeddings-\(dimensions).cache"
        Self.makeFolder(folder)
        lock = Glibc.open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .unusable(path: path, errno: errno) }
        isWritable = flock(lock, LOCK_EX | LOCK_NB) == 0
        header = EmbeddingCacheHeader(dimensions: dimensions, entries: limits.entries)
        useGranularity = UInt64(max(0, limits.useGranularity.components.seconds)) * 1_000_000
        descriptor = Self.open(path, expecting: header, isWritable: isWritable)
        if isWritable, descriptor < 0 {
            let error = errno
            close(lock)
            throw .unusable(path: path, errno: error)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        close(lock)
    }

    func find(_ key: [UInt8]) -> Embedding? {
        let bucket = header.bucket(of: key)
        guard let (slot, entry) = entries(in: bucket).enumerated().first(where: { $0.element.key == key }),
            let vector = read(header.vectorBytes, at: header.vectorOffset(bucket, slot)),
            entry.checksum == entry.checksum(with: vector)
        else { return nil }
        noteUse(of: entry, at: header.entryOffset(bucket, slot))
        return entry.embedding(vector)
    }

    func keep(_ embedding: Embedding, as key: [UInt8]) {
        guard isWritable, embedding.vector.count == header.dimensions else { return }
        let bucket = header.bucket(of: key)
        let entries = entries(in: bucket)
        let now = Self.now()
        // A use in the future is a damaged number, or the clock was set back.
        let lastUses = entries.map { $0.lastUse > now ? 0 : $0.lastUse }
        let oldest = entries.indices.min { lastUses[$0] < lastUses[$1] }
        guard let slot = entries.firstIndex(where: { $0.key == key }) ?? oldest else { return }
        let vector = EmbeddingCacheEntry.bytes(of: embedding.vector)
        let entry = EmbeddingCacheEntry(key, embedding, vector: vector, lastUse: now)
        guard write(vector, at: header.vectorOffset(bucket, slot)) else { return }
        _ = write(entry.bytes, at: header.entryOffset(bucket, slot))
    }

    func remove(_ key: [UInt8]) {
        let bucket = header.bucket(of: key)
        guard isWritable, let slot = entries(in: bucket).firstIndex(where: { $0.key == key }) else { return }
        _ = write(Array(repeating: 0, count: EmbeddingCacheEntry.byteCount), at: header.entryOffset(bucket, slot))
        _ = write(Array(repeating: 0, count: header.vectorBytes), at: header.vectorOffset(bucket, slot))
    }

    private func entries(in bucket: Int) -> [EmbeddingCacheEntry] {
        let size = EmbeddingCacheEntry.byteCount
        guard let bytes = read(Self.entriesPerBucket * size, at: header.entryOffset(bucket, 0)) else { return [] }
        return (0..<Self.entriesPerBucket).map { EmbeddingCacheEntry(bytes: bytes[$0 * size..<($0 + 1) * size]) }
    }

    private func noteUse(of entry: EmbeddingCacheEntry, at offset: Int) {
        let now = Self.now()
        guard isWritable, now < entry.lastUse || now - entry.lastUse >= useGranularity else { return }
        var used = entry
        used.lastUse = now
        _ = write(used.bytes, at: offset)
    }
}

extension EmbeddingCacheFile {
    /// All of them, or `nil`.
    private func read(_ count: Int, at offset: Int) -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
        return bytes.count == count ? bytes : nil
    }

    private func write(_ bytes: [UInt8], at offset: Int) -> Bool {
        pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count
    }

    /// A file with this header, or -1.
    private static func open(_ path: String, expecting header: EmbeddingCacheHeader, isWritable: Bool) -> CInt {
        let descriptor = Glibc.open(path, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        if descriptor >= 0 {
            var found = [UInt8](repeating: 0, count: header.bytes.count)
            let isKnown = pread(descriptor, &found, found.count, 0) == found.count && found == header.bytes
            // A file that was cut off is made whole with free entries.
            if isKnown, !isWritable || ftruncate(descriptor, off_t(header.fileBytes)) == 0 { return descriptor }
            close(descriptor)
        }
        return isWritable ? create(path, with: header) : -1
    }

    private static func create(_ path: String, with header: EmbeddingCacheHeader) -> CInt {
        let fresh = "\(path).new"
        let descriptor = Glibc.open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return -1 }
        if ftruncate(descriptor, off_t(header.fileBytes)) == 0,
            pwrite(descriptor, header.bytes, header.bytes.count, 0) == header.bytes.count, rename(fresh, path) == 0
        {
            return descriptor
        }
        let error = errno
        close(descriptor)
        unlink(fresh)
        errno = error
        return -1
    }

    /// The folder with those above it; what fails shows when the file is opened.
    private static func makeFolder(_ folder: String) {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            mkdir(path, 0o700)
        }
    }

    /// Microseconds since 1970.
    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}
