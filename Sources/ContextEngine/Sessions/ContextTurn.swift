/// The answer to one turn of a context session, as it goes over the wire.
package struct ContextTurn: Encodable, Sendable {
    package var context: String

    /// Exactly the passages whose text is in ``context``, in its order.
    package var contextIDs: [String]

    package var suggestions: [String]

    /// Of ``context``, by the configured tokenizer; 0 when nothing was found.
    package var tokenCount: Int

    package var collectionsSearched: [String]
    package var sessionID: String
    package var turnNumber: Int
    package var manifestID: String
    package var omitted: ContextManifest.Omitted
    package var manifest: ContextManifest?

    /// Which parts could not take part: `embeddings`, `sessions`, `model`.
    package var degraded: [String]?

    private enum CodingKeys: String, CodingKey {
        case context, suggestions, omitted, manifest, degraded
        case contextIDs = "context_ids"
        case tokenCount = "token_count"
        case collectionsSearched = "collections_searched"
        case sessionID = "session_id"
        case turnNumber = "turn_number"
        case manifestID = "manifest_id"
    }
}
