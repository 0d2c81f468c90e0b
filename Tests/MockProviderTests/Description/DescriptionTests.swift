// Every route that the mock knows is described, and every one that is described is known.
import Release
import StrictJSON
import Testing

@testable import MockProvider

@Suite struct DescriptionTests {
  /// The operations of a document, as `POST /talks/streams`, without preflights.
  private func operations(_ document: JSONValue?) -> Set<String> {
    var operations: Set<String> = []
    for path in document?["paths"]?.object?.members ?? [] {
      for operation in path.value.object?.members ?? [] where operation.name != "options" {
        operations.insert("\(operation.name.uppercased()) \(path.name)")
      }
    }
    return operations
  }

  @Test func everyRequestOfTheControlSurface() async throws {
    let routes = AdminRoute.all.map { "\($0.method) \(AdminRoute.prefix)/\($0.path)" }
    try await MockFixture.run { mock in
      #expect(operations(await mock.admin("GET", "openapi.json").json) == Set(routes))
    }
  }

  @Test(arguments: Vendor.allCases)
  func everyRouteOfAVendor(vendor: Vendor) async throws {
    let routes = Router.routes.filter { $0.call.vendor == vendor }.map { route in
      "\(route.method) /" + route.segments.map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0 }.joined(separator: "/")
    }
    try await MockFixture.run { mock in
      #expect(operations(await mock.admin("GET", "openapi/\(vendor.rawValue).json").json) == Set(routes))
    }
  }

  @Test(arguments: ["openapi.json", "openapi/did.json", "openapi/heygen.json"])
  func versionIsTheProductsAndEveryReferenceLeadsSomewhere(path: String) async throws {
    try await MockFixture.run { mock in
      let document = try #require(await mock.admin("GET", path).json)
      #expect(document["info"]?["version"] == .string(ProductVersion.text))
      var identifiers: [String] = []
      var referred: Set<String> = []
      walk(document) { name, value in
        if name == "operationId", let id = value.string { identifiers.append(id) }
        guard name == "$ref", let reference = value.string else { return }
        referred.insert(reference)
        let target = reference.dropFirst(2).split(separator: "/").reduce(document as JSONValue?) { $0?[String($1)] }
        #expect(target != nil, "\(reference)")
      }
      #expect(Set(identifiers).count == identifiers.count)
      for schema in document["components"]?["schemas"]?.object?.members ?? [] {
        #expect(referred.contains("#/components/schemas/\(schema.name)"), "\(schema.name) is used nowhere")
      }
    }
  }

  private func walk(_ value: JSONValue, _ visit: (String, JSONValue) -> Void) {
    for member in value.object?.members ?? [] {
      visit(member.name, member.value)
      walk(member.value, visit)
    }
    for element in value.array ?? [] { walk(element, visit) }
  }

  @Test func eachCallHasTheStatusesOfItsVendorsTable() async throws {
    try await MockFixture.run { mock in
      for (vendor, errors) in [("did", DIDErrors.all), ("heygen", HeyGenErrors.all)] {
        let document = await mock.admin("GET", "openapi/\(vendor).json").json
        for path in document?["paths"]?.object?.members ?? [] {
          for operation in path.value.object?.members ?? [] where operation.name != "options" {
            let statuses = Set(operation.value["responses"]?.object?.members.map(\.name) ?? [])
            #expect(statuses.isSuperset(of: errors.map { "\($0.status)" }), "\(operation.name) \(path.name)")
          }
        }
      }
    }
  }
}
