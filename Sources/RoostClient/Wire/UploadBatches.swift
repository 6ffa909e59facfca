import Foundation

/// Cuts an upload into messages that the server takes: so many vectors, so many bytes.
///
/// A vector is encoded once. One that is larger than a message goes alone, and the server says what is wrong with it.
struct UploadBatches {
    struct Batch: Equatable {
        var count = 0

        /// The elements of the array, separated by commas.
        var elements = Data()
    }

    private(set) var batches: [Batch] = []
    private let vectorsPerMessage: Int
    private let bytesPerMessage: Int

    /// What a message has around its vectors, at most.
    private static let frame = 256

    init(vectorsPerMessage: Int, bytesPerMessage: Int) {
        self.vectorsPerMessage = max(1, vectorsPerMessage)
        self.bytesPerMessage = bytesPerMessage - Self.frame
    }

    mutating func add(_ vector: SessionVector) throws {
        let element = try Self.encode(vector)
        var batch = batches.popLast() ?? Batch()
        if batch.count == vectorsPerMessage
            || batch.count > 0 && batch.elements.count + element.count + 1 > bytesPerMessage
        {
            batches.append(batch)
            batch = Batch()
        }
        if batch.count > 0 { batch.elements.append(UInt8(ascii: ",")) }
        batch.elements.append(element)
        batch.count += 1
        batches.append(batch)
    }

    /// JSON, the numbers as their shortest texts: `JSONEncoder` takes ten times as long for them.
    private static func encode(_ vector: SessionVector) throws -> Data {
        let encoder = JSONEncoder()
        var json = Data(#"{"id":"#.utf8)
        json.append(try encoder.encode(vector.id))
        json.append(contentsOf: #","vector":"#.utf8)
        json.append(WireNumbers.text(of: vector.vector))
        if !vector.metadata.isEmpty {
            json.append(contentsOf: #","metadata":"#.utf8)
            json.append(try encoder.encode(vector.metadata))
        }
        json.append(UInt8(ascii: "}"))
        return json
    }
}

enum WireNumbers {
    /// An array of numbers; NaN and the infinities as the bare words that the server finds and reports.
    static func text(of vector: [Float]) -> Data {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        bytes.reserveCapacity(vector.count * 12 + 2)
        for (index, number) in vector.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            var word = word(for: number)
            word.withUTF8 { bytes.append(contentsOf: $0) }
        }
        bytes.append(UInt8(ascii: "]"))
        return Data(bytes)
    }

    private static func word(for number: Float) -> String {
        if number.isFinite { return number.description }
        return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    }
}
