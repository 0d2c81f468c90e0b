// Keeps the scenarios of a mock, and finds the one that a request belongs to.
import Basics
import Foundation
import Wire

/// All scenarios. The main one is always there; another is there from when it is first named until it is forgotten.
struct ScenarioDirectory {
  /// Most scenarios beside the main one.
  static let limit = 64

  private var scenarios: [ScenarioName: Scenario] = [:]
  private var lives = 0
  private let make: (ScenarioKey, Scenario?) -> Scenario
  /// Where replies say that WebSockets are, as `ws://127.0.0.1:8080`; known once the mock listens.
  var webSocketBase = "ws://127.0.0.1" {
    didSet {
      let base = webSocketBase
      for name in names { _ = with(name) { $0.heyGen.webSocketBase = base } }
    }
  }

  /// - Parameter make: makes the next life of a scenario from the one before it, if there was one.
  init(_ make: @escaping (ScenarioKey, Scenario?) -> Scenario) {
    self.make = make
    begin(.main)
  }

  /// All names, the main one first.
  var names: [ScenarioName] { [.main] + scenarios.keys.filter { $0 != .main }.sorted { $0.text < $1.text } }

  subscript(_ name: ScenarioName) -> Scenario? { scenarios[name] }

  /// Works on a scenario; nil when there is none of that name.
  mutating func with<Value>(_ name: ScenarioName, _ body: (inout Scenario) -> Value) -> Value? {
    guard let index = scenarios.index(forKey: name) else { return nil }
    return body(&scenarios.values[index])
  }

  /// Works on a scenario in this life of its; nil when that is over.
  mutating func with<Value>(_ key: ScenarioKey, _ body: (inout Scenario) -> Value) -> Value? {
    guard scenarios[key.name]?.key == key else { return nil }
    return with(key.name, body)
  }

  /// Sees to it that there is a scenario of that name.
  mutating func open(_ name: ScenarioName) throws(ScenarioRefusal) {
    guard scenarios[name] == nil else { return }
    guard scenarios.count <= Self.limit else { throw .tooMany }
    begin(name)
  }

  /// Ends a life of a scenario, and begins the next one. One that is not there is new whenever it is opened.
  mutating func reset(_ name: ScenarioName) {
    guard let index = scenarios.index(forKey: name) else { return }
    scenarios.values[index].close()
    begin(name)
  }

  /// Ends a scenario. The main one stays, and is reset.
  mutating func forget(_ name: ScenarioName) {
    guard name != .main else { return reset(name) }
    scenarios.index(forKey: name).map { scenarios.values[$0].close() }
    scenarios[name] = nil
  }

  private mutating func begin(_ name: ScenarioName) {
    lives += 1
    var scenario = make(ScenarioKey(name: name, life: lives), scenarios[name])
    scenario.heyGen.webSocketBase = webSocketBase
    scenarios[name] = scenario
  }

  /// The name of the scenario that a vendor's call belongs to: the one that its header names, else the one whose name is the
  /// caller's key, else the one that gave out the caller's token or client key, else the main one.
  func name(for request: HTTPRequest) throws(ScenarioRefusal) -> ScenarioName {
    if let text = request.headers[ScenarioName.headerField] {
      guard let name = ScenarioName(text) else { throw .wrongName }
      return name
    }
    guard scenarios.count > 1 else { return .main }
    let keys = CallerKeys.shown(in: request.headers)
    for key in keys { if let name = ScenarioName(key), scenarios[name] != nil { return name } }
    return names.first { name in keys.contains { scenarios[name]?.hasIssued($0) == true } } ?? .main
  }
}

/// Why a request belongs to no scenario.
enum ScenarioRefusal: Error {
  case wrongName
  case tooMany
  case tooManyWaits

  var reason: String {
    switch self {
    case .wrongName:
      "\(ScenarioName.headerField): a name of 1 to \(ScenarioName.maximumBytes) printable ASCII characters expected"
    case .tooMany:
      "\(ScenarioDirectory.limit) scenarios are open; DELETE /__admin/scenarios with the name of one that is over"
    case .tooManyWaits: "\(MockState.waitLimit) wait already"
    }
  }

  /// 503 where another try may succeed.
  var status: Int {
    switch self {
    case .wrongName: 400
    case .tooMany, .tooManyWaits: 503
    }
  }
}

/// Reads the keys and tokens that a caller shows, in all forms in which clients write them.
enum CallerKeys {
  /// A key as it is, the name before its colon, and both of what is base64 of such a pair (RFC 7617 section 2).
  static func shown(in headers: HTTPHeaders) -> [String] {
    var keys = headers["X-Api-Key"].map { [$0] } ?? []
    let parts = headers["Authorization"]?.split(separator: " ", maxSplits: 1) ?? []
    guard parts.count == 2 else { return keys }
    // D-ID's client SDK appends `~` and a connection id, or to a client key a dot and two ids of the page's.
    let plain = parts[1].prefix { $0 != "~" }.trimming { $0 == " " }
    keys.append(String(plain))
    if parts[0].lowercased() == "client-key" {
      keys += plain.indices.filter { plain[$0] == "." }.prefix(8).map { String(plain[..<$0]) }
    }
    if let data = Data(base64Encoded: String(plain)), let decoded = String(bytes: data, encoding: .utf8) {
      keys.append(decoded)
    }
    return keys + keys.compactMap { key in key.firstIndex(of: ":").map { String(key[..<$0]) } }
  }
}
