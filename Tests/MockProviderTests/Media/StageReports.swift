// What stages told their mock.
import Synchronization

@testable import MockProvider

/// Keeps reports in order.
final class StageReports: Sendable {
  private let reports = Mutex<[StageReport]>([])
  func append(_ report: StageReport) { reports.withLock { $0.append(report) } }
  var all: [StageReport] { reports.withLock { $0 } }
}
