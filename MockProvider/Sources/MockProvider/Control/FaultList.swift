// Keeps the faults that wait, and picks the one that a call meets.
import Basics
import StrictJSON

/// A list of faults. The first that matches a call is used; several for the same call are used one after the other.
struct FaultList {
  /// Most faults that wait.
  static let faultLimit = 256
  /// Most sessions that are remembered for a fault that waits for a call about one; the oldest are forgotten first.
  static let sessionLimit = 256
  /// The state in which every scenario begins.
  static let firstState = "started"

  /// A fault, and what it has seen since it was set.
  private struct Item {
    var fault: Fault
    /// Whether a call that it comes after has succeeded.
    var isDue: Bool
    /// The sessions of such calls.
    var sessions: [String] = []
  }

  private var items: [Item] = []
  /// Faults may ask for a state, and set another.
  private(set) var state = Self.firstState

  var faults: [Fault] { items.map(\.fault) }

  /// - Throws: ``FaultError``.
  mutating func add(_ fault: Fault) throws(FaultError) {
    guard faults.count < Self.faultLimit else { throw .tooMany }
    guard (1...Fault.mostTimes).contains(fault.times) else { throw .outOfRange("times") }
    guard (0...Fault.mostTimes).contains(fault.skip) else { throw .outOfRange("skip") }
    guard (.zero...Fault.longestDelay).contains(fault.delay) else { throw .outOfRange("delayMs") }
    switch fault.effect {
    case .error(let name):
      guard Self.error(name, for: fault.calls.vendor) != nil else { throw .unknownError(name) }
    case .answer(let status, _, let headers):
      guard (200...599).contains(status) else { throw .outOfRange("status") }
      guard headers.count <= 8, headers.allSatisfy({ Self.isField($0.key, $0.value) }) else {
        throw .outOfRange("headers")
      }
    case .close(let code):
      guard Fault.closeCodes.contains(where: { $0.contains(code) }) else { throw .outOfRange("close") }
    case .drop, .lose, .none: break
    }
    guard fault.conditions.count <= CallMatch.conditionLimit else { throw .outOfRange("where") }
    items.append(Item(fault: fault, isDue: fault.after == nil))
  }

  /// The fault for a call, of which one use is gone then; nil if none matches.
  /// - Parameter entry: what the journal keeps of the call.
  mutating func take(for call: CallName, session: String?, entry: JournalEntry?) -> Fault? {
    for index in items.indices where applies(items[index], to: call, session, entry) {
      if items[index].fault.skip > 0 {
        items[index].fault.skip -= 1
        continue
      }
      let fault = items[index].fault
      items[index].fault.times -= 1
      if items[index].fault.times == 0 { items.remove(at: index) }
      if let newState = fault.newState { state = newState }
      return fault
    }
    return nil
  }

  private func applies(_ item: Item, to call: CallName, _ session: String?, _ entry: JournalEntry?) -> Bool {
    let fault = item.fault
    guard fault.calls.matches(call), fault.session == nil || fault.session == session,
      fault.inState == nil || fault.inState == state, item.isDue
    else { return false }
    if fault.after != nil, let session, !item.sessions.contains(session) { return false }
    guard !fault.conditions.isEmpty else { return true }
    return entry.map { entry in fault.conditions.allSatisfy { $0.obstacle(entry.json) == nil } } ?? false
  }

  /// A call has succeeded: what comes after it is due.
  mutating func note(_ call: CallName, session: String?) {
    for index in items.indices where items[index].fault.after?.matches(call) == true {
      items[index].isDue = true
      guard let session, !items[index].sessions.contains(session) else { continue }
      items[index].sessions.append(session)
      if items[index].sessions.count > Self.sessionLimit { items[index].sessions.removeFirst() }
    }
  }

  mutating func clear() { self = FaultList() }

  /// The row of that name in a vendor's table; a name that both have needs a vendor.
  static func error(_ name: String, for vendor: Vendor?) -> VendorError? {
    switch vendor {
    case .did: DIDErrors.all.first { $0.name == name }
    case .heygen: HeyGenErrors.all.first { $0.name == name }
    case nil: nil
    }
  }

  /// A header name of token characters and a value of visible ones (RFC 9110 section 5), so that nothing is injected.
  private static func isField(_ name: String, _ value: String) -> Bool {
    name.utf8.count <= 64 && name.utf8.isHTTPToken && value.utf8.count <= 256
      && value.utf8.allSatisfy(\.isPrintableASCII)
  }
}

/// What is wrong with a fault.
public enum FaultError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The vendor has no error of that name.
  case unknownError(String)
  /// `times`, `skip`, `delay`, a status or a header is out of its range.
  case outOfRange(String)
  /// ``FaultList/faultLimit`` faults wait already.
  case tooMany
  /// The scenario cannot be opened, for this reason.
  case noScenario(String)

  public var description: String {
    switch self {
    case .unknownError(let name): "\(name.prefix(64)): no error of that name for these calls; see GET /__admin/errors"
    case .outOfRange(let what): "\(what) is out of its range"
    case .tooMany: "\(FaultList.faultLimit) faults wait already"
    case .noScenario(let reason): reason
    }
  }
}
