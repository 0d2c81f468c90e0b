// Looks at a mock's main scenario, for tests that have no port.
@testable import MockProvider

extension MockState {
  var journal: Journal { (try? with(.main) { $0.journal }) ?? Journal() }
  var sessions: [SessionStatus] { (try? with(.main) { $0.sessions }) ?? [] }
  var date: String { (try? with(.main) { $0.date }) ?? "" }
}
