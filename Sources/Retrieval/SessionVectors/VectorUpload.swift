package import ContextCore

/// The vectors of one message, as a decoder has read them.
///
/// A decoder leaves out what it can refuse itself (a wrong number of dimensions); what is in here has the right shape.
package struct VectorUpload: Sendable {
    package struct Row: Sendable {
        package var id: ClientID

        /// A JSON object without spaces; `{}` if the client sent none.
        package var metadata: String

        package init(id: ClientID, metadata: String = "{}") {
            self.id = id
            self.metadata = metadata
        }
    }

    package var rows: [Row]

    /// The rows' numbers one after the other: `rows.count` × the store's dimensions.
    package var numbers: [Float]

    package init(rows: [Row] = [], numbers: [Float] = []) {
        self.rows = rows
        self.numbers = numbers
    }
}
