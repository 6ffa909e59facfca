import ContextCore
import ContextEngine
import Runtime
import TestSupport
import Testing

@testable import roost

struct SweeperTests {
    @Test func `sessions and manifests go when their time is over, not before`() async throws {
        try await withTemporaryDirectory { directory in
            try await withRoost(configuration(in: directory), log: .disabled) { roost in
                let begin = Timestamp.now
                let caller = RequestContext(principal: .local, now: begin, requestID: "r")
                _ = try await roost.engine.sessions.pull(ContextRequest("pools"), caller)
                func sweep(after seconds: Int) async throws -> [Int] {
                    let sweeper = ExpirySweeper(
                        database: roost.database,
                        configuration: roost.configuration.context,
                        now: { begin.adding(seconds: seconds) },
                        log: .disabled
                    )
                    let swept = try await sweeper.sweep()
                    return [swept.sessions, swept.manifests]
                }
                let times = roost.configuration.context
                #expect(try await sweep(after: times.sessionTimeToLive - 1) == [0, 0])
                #expect(try await sweep(after: times.sessionTimeToLive) == [1, 0])
                #expect(try await sweep(after: times.manifestTimeToLive) == [0, 1])
            }
        }
    }
}
