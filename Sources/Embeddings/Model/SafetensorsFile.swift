internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#endif

/// Named tensors in a file, mapped into memory: the format of the `safetensors` package.
///
///     8 bytes    length of the header, little-endian
///     header     JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …, "__metadata__": {…}}
///     data       the tensors, row-major, little-endian; offsets count from here
///
/// Whatever the header says is checked before anything is read: each tensor lies inside the file, is as long as its
/// shape says, and overlaps no other. The file must not shrink while it is mapped: replace a model by renaming a
/// new file onto it.
///
/// Unchecked because the mapping is read-only and goes with the last reference.
package final class SafetensorsFile: @unchecked Sendable {
    private let mapping: UnsafeMutableRawPointer
    private let length: Int
    private let dataOffset: Int
    private let tensors: [String: SafetensorsHeader.Tensor]

    package init(path: String, limits: SafetensorsLimits = SafetensorsLimits()) throws(SafetensorsError) {
        (mapping, length) = try Self.map(path)
        do {
            let bytes = UnsafeRawBufferPointer(start: mapping, count: length)
            let header = try SafetensorsHeader(reading: bytes, limits: limits)
            (dataOffset, tensors) = (header.dataOffset, header.tensors)
        } catch {
            munmap(mapping, length)
            throw error
        }
    }

    deinit { munmap(mapping, length) }

    /// Ascending.
    package var names: [String] { tensors.keys.sorted() }

    /// The floats of a tensor, in place, valid for as long as this object.
    func floats(_ name: String, shape: [Int]) throws(SafetensorsError) -> UnsafeBufferPointer<Float> {
        guard let tensor = tensors[name] else { throw .missingTensor(name) }
        guard tensor.type == "F32", tensor.shape == shape else {
            throw .unexpectedTensor(name, type: tensor.type, shape: tensor.shape, expected: shape)
        }
        let start = mapping + dataOffset + tensor.range.lowerBound
        guard Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 else { throw .misaligned(name) }
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: tensor.range.count / 4)
    }

    /// Whether the file has the tensor.
    func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// Tells the kernel that the pages of these floats are not needed for now; they come back from the file when
    /// they are.
    func release(_ floats: UnsafeBufferPointer<Float>) {
        let page = Int(getpagesize())
        guard let base = floats.baseAddress else { return }
        let start = (Int(bitPattern: base) + page - 1) / page * page
        let end = Int(bitPattern: base + floats.count) / page * page
        if end > start { madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_DONTNEED) }
    }

    private static func map(_ path: String) throws(SafetensorsError) -> (UnsafeMutableRawPointer, Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, errno: EINVAL)
        }
        guard status.st_size >= 8 else { throw .truncated }
        let length = Int(status.st_size)
        guard let mapping = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            throw .unreadable(path: path, errno: errno)
        }
        return (mapping, length)
    }
}
