// One command of Node's Automation API with a compiled program inside: node drive.cjs PROGRAM up|destroy RESOURCE_GROUP
const { LocalWorkspace } = require("@pulumi/pulumi/automation");

async function main([program, command, resourceGroupName]) {
    const stack = await LocalWorkspace.createOrSelectStack(
        // Loading the module makes its resources; what it exports are the outputs.
        { stackName: "test", projectName: "mailbox-report-typescript", program: async () => require(program) },
        { workDir: process.cwd() },
    );
    await stack.setConfig("resourceGroupName", { value: resourceGroupName });
    const result = await stack[command]();
    process.stdout.write(
        JSON.stringify({
            changes: result.summary.resourceChanges,
            outputs: Object.fromEntries(Object.entries(result.outputs ?? {}).map(([name, each]) => [name, each.value])),
        }),
    );
}

main(process.argv.slice(2)).catch((failure) => {
    process.stderr.write(`${failure.message}\n`);
    process.exit(1);
});
