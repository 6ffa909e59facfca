package import ContextCore
package import Runtime
package import SQL

/// Deletes sessions and manifests whose time is over.
///
/// Nothing depends on when it runs: what has expired is not answered any more, deleted or not.
package struct Sweeper: Service {
    private let database: Database
    private let configuration: ContextConfiguration
    private let now: @Sendable () -> Timestamp
    private let log: Log

    /// Between two sweeps; a sweep is two deletions by index.
    private let interval: Duration

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
        while !Task.isCancelled {
            let (sessions, manifests) = try await sweep()
            if sessions + manifests > 0 {
                log.debug("swept", ["sessions": "\(sessions)", "manifests": "\(manifests)"])
            }
            try await Task.sleep(for: interval)
        }
    }

    /// How many sessions and manifests went.
    package func sweep() async throws -> (sessions: Int, manifests: Int) {
        let moment = now()
        return try await database.transaction { connection in
            (
                try await SessionStore.sweep(
                    before: moment.adding(seconds: -configuration.sessionTimeToLive),
                    on: connection
                ),
                try await ManifestStore.sweep(
                    before: moment.adding(seconds: -configuration.manifestTimeToLive),
                    on: connection
                )
            )
        }
    }
}
