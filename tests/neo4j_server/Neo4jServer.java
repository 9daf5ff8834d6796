import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseInternalSettings;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.connectors.HttpsConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * A Neo4j Community server for tests: Bolt on one loopback port, login required, nothing else.
 *
 * <p>Run as {@code java -cp 'lib/*' Neo4jServer.java HOME PORT}. The first line of standard input is
 * the password for the user neo4j: a command line would show it to everybody on the machine. The
 * server lives while standard input stays open, so it cannot outlive the program that started it.
 */
public class Neo4jServer {
    public static void main(String[] args) {
        try {
            var address = new SocketAddress("127.0.0.1", Integer.parseInt(args[1]));
            var stdin = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            var password = stdin.readLine();

            // A process forked by the parent may keep standard input open after the parent died.
            ProcessHandle.current().parent().ifPresent(p -> p.onExit().thenRun(() -> System.exit(0)));

            var neo4j = start(Path.of(args[0]), address);
            Runtime.getRuntime().addShutdownHook(new Thread(neo4j::shutdown));
            setPassword(neo4j, password);
            System.out.println("ready bolt://" + address);

            while (stdin.readLine() != null) {
                // Nothing more is said: the end of standard input ends the server.
            }
            System.exit(0);
        } catch (Throwable problem) {
            problem.printStackTrace();
            var cause = problem;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            System.err.println("not started: " + cause.getMessage());
            System.exit(1); // Neo4j's own threads would keep a half-started server alive.
        }
    }

    private static DatabaseManagementService start(Path home, SocketAddress address) {
        return new DatabaseManagementServiceBuilder(home)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, address)
                .setConfig(BoltConnector.advertised_address, address)
                .setConfig(HttpConnector.enabled, false)
                .setConfig(HttpsConnector.enabled, false)
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                // dbms.usage_report.enabled: never call outside
                .setConfig(GraphDatabaseSettings.udc_enabled, false)
                .setConfig(BoltConnector.server_bolt_telemetry_enabled, false)
                .setConfig(GraphDatabaseSettings.pagecache_memory, 128L << 20)
                .setConfig(GraphDatabaseSettings.preallocate_logical_logs, false)
                // Stopping takes 0.3 s with this and 10 s without.
                .setConfig(GraphDatabaseInternalSettings.netty_server_shutdown_quiet_period, 0)
                .build();
    }

    /**
     * Replaces the user, so that one statement serves a new home, whose first login neo4j/neo4j is
     * only good for changing it, and a home that already has this password or another one.
     */
    private static void setPassword(DatabaseManagementService neo4j, String password) {
        neo4j.database(GraphDatabaseSettings.SYSTEM_DATABASE_NAME)
                .executeTransactionally(
                        "CREATE OR REPLACE USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED",
                        Map.of("password", password));
    }
}
