// A daily report of shared mailboxes that are nearly full: an account whose identity may only read, a runbook, its schedule,
// and an alert when a job fails or somebody changes what runs.

import * as path from "node:path";
import * as exchange from "@pulumi/exchange-automation";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const organization = config.get("organization") ?? "contoso.onmicrosoft.com";
const resourceGroupName = config.get("resourceGroupName") ?? "rg-exchange-automation";
const location = config.get("location") ?? "westeurope";
const tags = { owner: "mail-team" };

const account = new exchange.ExchangeAutomationAccount("mail", {
    organization,
    resourceGroupName,
    location,
    directoryRoles: [{ role: "Global Reader" }],
    identityType: exchange.IdentityType.SYSTEM_ASSIGNED,
    powershellVersion: exchange.PowerShellVersion.V7_6,
    tags,
});

const report = new exchange.ExchangeRunbook("report", {
    resourceGroupName,
    location,
    // Available after both grants: no job can run too early.
    automationAccountName: account.accountName,
    runtimeEnvironmentName: account.runtimeEnvironmentName,
    source: { file: path.resolve("..", "python-mailbox-report", "report-shared-mailboxes.ps1") },
    directoryRoles: ["Global Reader"],
    schedules: [
        {
            frequency: exchange.Frequency.DAY,
            at: "06:30",
            timeZone: "Europe/Berlin",
            parameters: { Organization: organization, Threshold: 85 },
        },
    ],
    tags,
});

new exchange.ExchangeAccountGovernance("governance", {
    accountId: account.accountId,
    resourceGroupName,
    alertEmails: ["mail-team@contoso.com"],
    tags,
});

export const connectCommand = account.connectCommand;
export const accountName = account.accountName;
export const scheduleNames = report.scheduleNames;
