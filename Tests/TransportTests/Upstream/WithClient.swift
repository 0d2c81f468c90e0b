// Begins and ends the tests of the HTTP client.
import ProviderHTTP
import Testing

@testable import Transport

/// Runs the body with a client on a loop of its own, and stops the loop whatever happens.
func withClient<Value: Sendable>(
  _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(), _ body: (HTTPClient) async throws -> Value
) async throws -> Value {
  let loop = try EventLoop()
  do {
    let value = try await body(HTTPClient.start(configuration, on: loop))
    await loop.stop()
    return value
  } catch {
    await loop.stop()
    throw error
  }
}

/// Runs the body with a scripted server, and stops it whatever happens.
func withServer<Value: Sendable>(
  _ script: @escaping RawServer.Script, _ body: (RawServer) async throws -> Value
) async throws -> Value {
  let server = try RawServer(script)
  defer { server.stop() }
  return try await body(server)
}

extension RawServer {
  /// Reads requests and never answers those to `/hang`.
  static let hanging: RawServer.Script = { connection in
    while let request = connection.readRequest() {
      if request.path == "/hang" { return connection.waitForEnd() }
      connection.respond()
    }
  }
}

extension HTTPClient {
  /// The failure that a call ends with; nil when it succeeds.
  func failure(of request: ProviderRequest) async -> ProviderHTTPFailure? {
    do {
      _ = try await send(request)
      return nil
    } catch {
      return error
    }
  }

  /// The status of a response, for use within `#expect`.
  func status(of request: ProviderRequest) async throws -> Int { try await send(request).status }
}

extension ProviderRequest {
  static func get(_ url: String, timeout: Duration = .seconds(20)) -> ProviderRequest {
    ProviderRequest(method: "GET", url: url, repeatability: .repeatable, timeout: timeout)
  }
  static func post(_ url: String, _ repeatability: Repeatability, timeout: Duration = .seconds(20))
    -> ProviderRequest
  {
    ProviderRequest(method: "POST", url: url, body: Array("{}".utf8), repeatability: repeatability, timeout: timeout)
  }
}
