import Runtime
import Testing

@Suite struct MetricsTests {
    @Test func `the exposition is Prometheus' text format`() {
        let metrics = Metrics()
        metrics.counter("requests_total", "Requests.", ["route": "/a", "method": "GET"]).increment(by: 3)
        metrics.counter("requests_total", "Requests.", ["method": "GET", "route": "/b"]).increment()
        metrics.gauge("open", "Open\nconnections \\ now.").set(-2)
        let histogram = metrics.histogram("seconds", "Time.", ["op": "x"], bounds: [0.5, 2])
        for value in [0.25, 0.5, 1, 3] { histogram.record(value) }
        #expect(
            metrics.exposition() == #"""
                # HELP open Open\nconnections \\ now.
                # TYPE open gauge
                open -2
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{method="GET",route="/a"} 3
                requests_total{method="GET",route="/b"} 1
                # HELP seconds Time.
                # TYPE seconds histogram
                seconds_bucket{op="x",le="0.5"} 2
                seconds_bucket{op="x",le="2.0"} 3
                seconds_bucket{op="x",le="+Inf"} 4
                seconds_sum{op="x"} 4.75
                seconds_count{op="x"} 4

                """#
        )
    }

    @Test func `label values are escaped, names are made into names`() {
        let metrics = Metrics()
        metrics.counter("9 lives-total", "", ["my label": "a\"b\\c\nd\r\ne"]).increment()
        #expect(metrics.exposition().contains("__lives_total{my_label=\"a\\\"b\\\\c\\nd\r\\ne\"} 1\n"))
    }

    @Test func `the same name and labels are the same metric, in any order`() {
        let metrics = Metrics()
        metrics.counter("c", "", ["a": "1", "b": "2"]).increment()
        metrics.counter("c", "", ["b": "2", "a": "1"]).increment()
        #expect(metrics.counter("c", "", ["a": "1", "b": "2"]).value == 2)
    }

    @Test func `beyond the limit of series nothing goes uncounted`() {
        let metrics = Metrics(seriesLimit: 2)
        for user in 0..<10 { metrics.counter("c", "", ["user": "\(user)"]).increment() }
        #expect(metrics.counter("c", "", ["user": "other"]).value == 8)
        #expect(metrics.exposition().split(separator: "\n").count == 2 + 3)
    }

    @Test func `a name that is taken by another kind does no harm`() {
        let metrics = Metrics()
        metrics.counter("c", "").increment()
        metrics.gauge("c", "").set(5)
        #expect(metrics.exposition().hasSuffix("c 1\n"))
    }

    @Test func `tasks that count at once lose nothing`() async {
        let metrics = Metrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        metrics.counter("c", "").increment()
                        metrics.histogram("h", "", bounds: [1]).record(0.5)
                    }
                }
            }
        }
        #expect(metrics.counter("c", "").value == 8000)
        #expect(metrics.histogram("h", "", bounds: [1]).total == 4000)
        #expect(metrics.histogram("h", "", bounds: [1]).count == 8000)
    }
}
