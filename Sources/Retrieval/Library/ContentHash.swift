package import ContextCore
import Runtime

/// What a passage says, as 32 bytes: SHA-256 over fields and metadata in canonical form.
///
/// Equal hash, equal content.
package enum ContentHash {
    package static func of(_ fields: [String: String], _ metadata: JSONValue) -> [UInt8] {
        let content = JSONValue.object(["fields": .object(fields.mapValues { .string($0) }), "metadata": metadata])
        return SHA256.hash(content.description.utf8)
    }

    package static func hexadecimal(of passage: Passage) -> String {
        SHA256.hexadecimal(of(passage.fields, passage.metadata))
    }
}
