import Embeddings
package import HTTP

/// A provider's wire format for embeddings: what texts become, and what the answer's bytes mean.
///
/// Pure, as a ``ProviderCodec``; ``RemoteEmbedder`` does all input and output.
package protocol EmbeddingCodec: Sendable {
    var name: ModelName { get }

    func encode(_ texts: [String]) throws(ModelError) -> ClientRequest

    /// One vector a text, in the texts' order.
    ///
    /// - Throws: ``ModelError`` of kind `malformed` for anything else, with what was received.
    func decode(_ body: [UInt8], count: Int) throws(ModelError) -> [[Float]]
}

/// What every format's vectors must be: as many as the texts, of one length, and directions.
struct EmbeddingCheck {
    let model: ModelName

    /// Numbers of a vector that were asked for; `nil` takes what comes.
    let dimensions: Int?

    /// - Returns: the vectors at length one.
    func check(_ vectors: [[Float]], count: Int) throws(ModelError) -> [[Float]] {
        guard vectors.count == count else {
            throw failed("\(vectors.count) vectors for \(count) texts")
        }
        let wanted = dimensions ?? vectors.first?.count ?? 0
        var directions: [[Float]] = []
        for (place, vector) in vectors.enumerated() {
            guard vector.count == wanted, wanted > 0 else {
                throw failed("vector \(place) has \(vector.count) numbers, not \(wanted)")
            }
            if let number = vector.first(where: { !$0.isFinite }) { throw failed("vector \(place) holds \(number)") }
            guard let direction = Embedding.direction(of: vector) else {
                throw failed("all \(wanted) numbers of vector \(place) are 0")
            }
            directions.append(direction)
        }
        return directions
    }

    func failed(_ reason: String) -> ModelError {
        ModelError(.malformed, model, "The answer can't be used: \(reason).")
    }
}
