// Does what the control surface is asked to do.
import Basics
import StrictJSON
import Wire

extension MockState {
  /// Answers a request of the control surface.
  func administer(_ request: HTTPRequest) -> HTTPResponse {
    do throws(AdminRefusal) {
      let (status, body) = try carryOut(try AdminCommand(request))
      return HTTPResponse(status: status, json: body)
    } catch {
      return error.response
    }
  }

  private func carryOut(_ command: AdminCommand) throws(AdminRefusal) -> (Int, JSONValue) {
    switch command {
    case .health: return (200, ["status": "ok"])
    case .settings: return (200, configuration.json)
    case .errors: return (200, ["did": Self.table(DIDErrors.all), "heygen": Self.table(HeyGenErrors.all)])
    case .sessions(let filter): return (200, list(filter))
    case .requests(let filter):
      let entries = journal.entries.filter(filter.admits)
      return (
        200,
        ["total": .integer(Int64(journal.count)), "requests": .array(entries.map(\.json))]
      )
    case .clearRequests: clearJournal()
    case .faults: break
    case .addFault(let fault):
      do throws(FaultError) { try force(fault) } catch { throw AdminRefusal(.invalid, error.description) }
      return (201, fault.json)
    case .clearFaults: clearFaults()
    case .clock: break
    case .advance(let duration): clock.advance(by: duration)
    case .reset: reset()
    case .media: break
    case .description(let vendor):
      return (200, vendor.map { VendorDescription.document(of: $0, configuration) } ?? ControlDescription.document)
    case .setMedia(let conditions, let session):
      guard apply(conditions, to: session) else { throw AdminRefusal(.invalid, "no session of that id is open") }
    }
    return switch command {
    case .clock, .advance: (200, ["elapsedMs": .integer(elapsed.milliseconds)])
    case .media, .setMedia: (200, mediaFacts)
    case .faults, .clearFaults: (200, ["faults": .array(scenario.faults.map(\.json))])
    default: (200, ["status": "ok"])
    }
  }

  /// The sessions, headed by the two numbers that a test for leaks looks at.
  private func list(_ filter: SessionFilter) -> JSONValue {
    let all = sessions
    func open(_ vendor: Vendor) -> JSONValue {
      .integer(Int64(all.count { $0.vendor == vendor.rawValue && $0.isOpen }))
    }
    return [
      "open": ["did": open(.did), "heygen": open(.heygen)], "sessions": .array(all.filter(filter.admits).map(\.json)),
    ]
  }

  private static func table(_ errors: [VendorError]) -> JSONValue {
    .array(
      errors.map {
        [
          "name": .string($0.name), "status": .integer(Int64($0.status)), "body": $0.body, "source": .string($0.source),
          "date": .string($0.date),
        ]
      })
  }
}
