// What media sessions told their mock.
import Synchronization

@testable import MockProvider

/// Keeps reports in order.
final class MediaReports: Sendable {
  private let reports = Mutex<[MediaReport]>([])
  func append(_ report: MediaReport) { reports.withLock { $0.append(report) } }
  var all: [MediaReport] { reports.withLock { $0 } }
}
