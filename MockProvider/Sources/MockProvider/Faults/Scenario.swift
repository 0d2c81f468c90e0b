// The faults that wait, in the order in which they were set.

/// A list of faults. The first that matches a call is used; several for the same call are used one after the other.
struct Scenario {
  /// Most faults that wait.
  static let faultLimit = 256

  private(set) var faults: [Fault] = []

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
    case .drop, .none: break
    }
    faults.append(fault)
  }

  /// The fault for a call, used up by one; nil if none is for it.
  mutating func take(for call: CallName, session: String?) -> Fault? {
    for index in faults.indices where faults[index].calls.matches(call) {
      guard faults[index].session == nil || faults[index].session == session else { continue }
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      let fault = faults[index]
      faults[index].times -= 1
      if faults[index].times == 0 { faults.remove(at: index) }
      return fault
    }
    return nil
  }

  mutating func clear() { faults = [] }

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
    !name.isEmpty && name.utf8.count <= 64 && value.utf8.count <= 256
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      } && value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
