import ContextAPI
import HTTP
import Runtime
import SQL
import Testing

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
}
