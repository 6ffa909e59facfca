import CJSONScanner
import ContextCore
import Retrieval

/// Reads the array `vectors` of an upload straight into rows: contiguous numbers, and an id and minified metadata for each.
///
/// A vector that can't be stored is refused alone and leaves no numbers behind; those beyond the limit are checked and
/// counted only, because the refusal of the message says how many they were.
struct UploadReader {
    private let dimensions: Int
    private let limits: SessionVectorLimits
    private var upload = VectorUpload()
    private var refused: [String] = []

    /// Elements of the array; `nil` before there was one.
    private var count: Int?

    init(dimensions: Int, limits: SessionVectorLimits) {
        self.dimensions = dimensions
        self.limits = limits
    }

    /// The array that begins here, in place of one that was read before.
    mutating func read(_ reader: inout JSONReader) throws(JSONMalformed) {
        // Rows of another array have no numbers in this one's buffer.
        self = UploadReader(dimensions: dimensions, limits: limits)
        // A number takes two bytes at least, so a short message reserves no memory for a thousand vectors.
        let possible = (reader.text.count - reader.position) / (2 * dimensions) + 1
        let capacity = min(limits.vectorsPerMessage, possible)
        var malformed: JSONMalformed?
        upload.rows.reserveCapacity(capacity)
        upload.numbers = [Float](unsafeUninitializedCapacity: capacity * dimensions) { numbers, used in
            do throws(JSONMalformed) {
                try read(&reader, into: numbers)
                used = upload.rows.count * dimensions
            } catch {
                malformed = error
            }
        }
        if let malformed { throw malformed }
    }

    private mutating func read(
        _ reader: inout JSONReader,
        into numbers: UnsafeMutableBufferPointer<Float>
    ) throws(JSONMalformed) {
        var index = 0
        try reader.forEachElement { (reader) throws(JSONMalformed) in
            if index < limits.vectorsPerMessage {
                let start = upload.rows.count * dimensions
                // The last vector of a message that is nothing but `1,1,…` may find no room; it has too few numbers, too.
                let room = start + dimensions <= numbers.count ? start..<start + dimensions : 0..<0
                try readVector(&reader, at: index, into: UnsafeMutableBufferPointer(rebasing: numbers[room]))
            } else {
                _ = try reader.value()
            }
            index += 1
        }
        count = index
    }

    private mutating func readVector(
        _ reader: inout JSONReader,
        at index: Int,
        into numbers: UnsafeMutableBufferPointer<Float>
    ) throws(JSONMalformed) {
        guard reader.kind() == json_object else {
            let value = try reader.value()
            return refuse(nil, index, "must be an object with id and vector, not \(value.what)")
        }
        var vector = VectorFields()
        try reader.forEachMember { (name, reader) throws(JSONMalformed) in
            try vector.read(name, &reader, into: numbers)
        }
        let id = vector.id?.clientID
        do throws(VectorFields.Refusal) {
            upload.rows.append(try vector.row(dimensions: dimensions, limits))
        } catch {
            switch error {
            case .fault(let fault, let id): refused.append(fault.sentence(for: id))
            case .reason(let reason): refuse(id, index, reason)
            }
        }
    }

    private mutating func refuse(_ id: ClientID?, _ index: Int, _ reason: String) {
        let name = id.map { "Vector \($0.text.clipped(to: 80))" } ?? "Vector at index \(index)"
        refused.append("\(name): \(reason)")
    }

    /// - Throws: when there was no array, or one with too many vectors.
    func message(replaces: Bool, _ fields: MessageFields) throws(ContextError) -> UploadMessage {
        guard let count else {
            throw .invalid(
                "vectors",
                "vectors must be an array of vectors, not \(fields["vectors"]?.what ?? "missing")."
            )
        }
        guard count <= limits.vectorsPerMessage else {
            throw .uploadTooLarge(count, limit: limits.vectorsPerMessage)
        }
        return UploadMessage(vectors: upload, refused: refused, replaces: replaces)
    }
}

/// The members of one vector.
private struct VectorFields {
    private(set) var id: JSONSlice?
    private var numbers: json_floats?
    private var wrongVector: JSONSlice?
    private var metadata: JSONSlice?
    private var duplicate: String?

    enum Refusal: Error {
        case fault(VectorFault, ClientID)
        case reason(String)
    }

    mutating func read(
        _ name: String,
        _ reader: inout JSONReader,
        into output: UnsafeMutableBufferPointer<Float>
    ) throws(JSONMalformed) {
        switch name {
        case "id":
            if id != nil { duplicate = name }
            id = try reader.value()
        case "vector":
            if numbers != nil || wrongVector != nil { duplicate = name }
            if reader.kind() == json_array {
                numbers = try reader.floats(into: output)
            } else {
                wrongVector = try reader.value()
            }
        case "metadata":
            if metadata != nil { duplicate = name }
            metadata = try reader.value()
        default: _ = try reader.value()
        }
    }

    func row(dimensions: Int, _ limits: SessionVectorLimits) throws(Refusal) -> VectorUpload.Row {
        guard let id else { throw .reason("id is required: a string or a number") }
        guard let name = id.clientID else { throw .reason("id must be a string or a number, not \(id.what)") }
        if let duplicate { throw .reason("The member “\(duplicate)” came twice") }
        if let fault = try vectorFault(dimensions) { throw .fault(fault, name) }
        guard name.text.utf8.count <= limits.idBytes else {
            throw .fault(.idTooLong(bytes: name.text.utf8.count, limit: limits.idBytes), name)
        }
        let metadata = try minifiedMetadata()
        guard metadata.utf8.count <= limits.metadataBytes else {
            throw .fault(.metadataTooLarge(bytes: metadata.utf8.count, limit: limits.metadataBytes), name)
        }
        return VectorUpload.Row(id: name, metadata: metadata)
    }

    private func vectorFault(_ dimensions: Int) throws(Refusal) -> VectorFault? {
        if let wrongVector {
            throw .reason("vector must be an array of \(dimensions) numbers, not \(wrongVector.what)")
        }
        guard let numbers else { throw .reason("vector is required: an array of \(dimensions) numbers") }
        guard numbers.stranger == numbers.count else {
            throw .reason("vector must be an array of numbers; element \(numbers.stranger) is none")
        }
        guard numbers.count == dimensions else { return .dimensions(expected: dimensions, got: numbers.count) }
        return numbers.not_finite ? .notFinite : nil
    }

    private func minifiedMetadata() throws(Refusal) -> String {
        guard let metadata, !metadata.isNull else { return "{}" }
        guard metadata.kind == json_object else { throw .reason("metadata must be an object, not \(metadata.what)") }
        guard !metadata.isNotFinite else {
            throw .reason("metadata has NaN, Infinity or a number beyond a double, which JSON can't give back")
        }
        return metadata.minified
    }
}
