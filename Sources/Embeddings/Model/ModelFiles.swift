import Glibc
import Runtime

/// Where the local model is.
package struct ModelFiles: Sendable, Equatable {
    /// The name under which embeddings are stored and reported.
    package let model: String
    package let weights: String
    package let vocabulary: String

    package static let miniLM = "sentence-transformers/all-MiniLM-L6-v2"

    /// SHA-256 of the published files.
    package static let knownWeights = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    package static let knownVocabulary = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

    /// Where `script/fetch-model` puts the model.
    package static func defaultFolder(home: String) -> String { "\(home)/.roost/models/all-MiniLM-L6-v2" }

    /// Looks into a folder for `model.safetensors` and `vocab.txt`.
    ///
    /// With `verifying` both files are hashed (about 0.1 s), and a model that isn't the published one gets a name
    /// of its own, from its folder and its hash, so that its vectors never mix with the other's.
    ///
    /// - Throws: ``EmbeddingError/modelUnavailable(_:)`` with a sentence that says how to get the model.
    package init(folder: String, verifying: Bool = true) throws(EmbeddingError) {
        weights = "\(folder)/model.safetensors"
        vocabulary = "\(folder)/vocab.txt"
        for path in [weights, vocabulary] where access(path, R_OK) != 0 {
            throw .modelUnavailable(
                "the local embedding model is not available: \(path) cannot be read; script/bootstrap fetches it"
            )
        }
        model = verifying ? try Self.name(of: folder, weights, vocabulary) : Self.miniLM
    }

    private static func name(of folder: String, _ weights: String, _ vocabulary: String) throws(EmbeddingError)
        -> String
    {
        let digests = try [weights, vocabulary].map { (path) throws(EmbeddingError) in
            guard let digest = SHA256.hash(contentsOf: path) else {
                throw .modelUnavailable("the model file \(path) cannot be read")
            }
            return SHA256.hexadecimal(digest)
        }
        if digests == [knownWeights, knownVocabulary] { return miniLM }
        let label = folder.split(separator: "/").last ?? "model"
        return "\(label)@\(digests.map { $0.prefix(12) }.joined(separator: "-"))"
    }
}
