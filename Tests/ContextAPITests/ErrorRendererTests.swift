import HTTP
import Runtime
import SQL
import Synchronization
import Testing

@testable import ContextAPI

@Suite struct ErrorRendererTests {
    @Test(
        arguments: [
            (.full, 503), (.busy, 503), (.constraint(.foreignKey), 409), (.constraint(.unique), 500), (.corrupt, 500),
        ] as [(SQLError.Kind, Int)]
    )
    func `what the caller can act upon has a status of its own, and no statement leaves the server`(
        kind: SQLError.Kind,
        status: Int
    ) {
        let error = SQLError(kind, "disk I/O of /var/lib/roost.db", statement: "INSERT INTO passage VALUES (?)")
        let answer = Answer(ErrorRenderer(log: .disabled).render(error, for: nil))
        #expect(answer.status == status)
        answer.expectErrorForm()
        #expect(!answer.text.contains("INSERT") && !answer.text.contains("/var/lib"))
    }

    @Test func `why the server is not ready stands in the log`() async throws {
        let lines = Mutex<[String]>([])
        let sink = LogSink(format: .logfmt) { bytes in
            lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        let reason = SQLError(.corrupt, "malformed", statement: nil)
        let answer = Answer(
            ErrorRenderer(log: Log(sink: sink)).render(ContextAPI.NotReady(reason: reason), for: nil)
        )
        answer.expectError(503, "overloaded")
        #expect(answer.headers["Retry-After"] == "1")
        #expect(lines.withLock(\.self).contains { $0.contains("malformed") })
    }
}
