package import ContextCore
import Retrieval
package import Runtime
package import SQL

/// Removes what has outlived its time: sessions nobody used, old manifests, passages of collections with a time to live.
///
/// Nothing depends on it being punctual: an expired session is treated as gone whether its rows are still there or not.
package struct ExpirySweeper: Service {
    private let database: Database
    private let configuration: ContextConfiguration
    private let interval: Duration
    private let now: @Sendable () -> Timestamp
    private let log: Log

    package init(
        database: Database,
        configuration: ContextConfiguration,
        interval: Duration = .seconds(60),
        now: @escaping @Sendable () -> Timestamp,
        log: Log
    ) {
        self.database = database
        self.configuration = configuration
        self.interval = interval
        self.now = now
        self.log = log
    }

    package func run() async throws {
        await PeriodicWork("sweeping", log: log).run {
            let swept = try await sweep()
            if swept.sessions + swept.manifests + swept.passages > 0 {
                log.info(
                    "swept",
                    [
                        "sessions": "\(swept.sessions)", "manifests": "\(swept.manifests)",
                        "passages": "\(swept.passages)",
                    ]
                )
            }
            return interval
        }
    }

    /// The index follows the change log by itself, and a search leaves out what is gone from the tables.
    package func sweep() async throws -> (sessions: Int, manifests: Int, passages: Int) {
        let now = now()
        let sessions = now.adding(seconds: -configuration.sessionTimeToLive)
        let manifests = now.adding(seconds: -configuration.manifestTimeToLive)
        return try await database.transaction { connection in
            let gone = try await SessionStore.sweep(before: sessions, on: connection)
            let outdated = try await ManifestStore.sweep(before: manifests, on: connection)
            return (gone, outdated, try await PassageStore.sweepExpired(at: now, on: connection))
        }
    }
}
